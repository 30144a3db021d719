import { createSignal, For, type JSX } from 'solid-js'
import { Button, LinkButton } from '../../components/button.tsx'
import { ChoiceCards } from '../../components/choice-cards.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { DiffLines } from '../../components/diff-lines.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Icon, iconNames } from '../../components/icon.tsx'
import { Key } from '../../components/key.tsx'
import { Menu } from '../../components/menu.tsx'
import { Empty, PartError } from '../../components/part.tsx'
import { LineCount, Path } from '../../components/path.tsx'
import { Prose } from '../../components/prose.tsx'
import { AnswerButtons } from '../../components/question-answer.tsx'
import { Segmented } from '../../components/segmented.tsx'
import { StatusChip } from '../../components/status-chip.tsx'
import { Strip } from '../../components/strip.tsx'
import { diffSample, proseSample, stripSamples, words } from './samples.ts'

/** A part of the page with its name. */
export function Part(props: { title: string; children: JSX.Element }): JSX.Element {
  return (
    <div class="col gap-2 pt-4">
      <h3 class="text-body font-600 m-0">{props.title}</h3>
      {props.children}
    </div>
  )
}

const nothing = (): void => {}

export function Glyphs(): JSX.Element {
  return (
    <>
      <Part title="States: glyph, word and tint">
        <ul class="grid grid-cols-2 gap-2">
          <For each={words}>
            {([glyph, word]) => (
              <li class="row">
                <Glyph name={glyph} />
                <span class="flex-1">{word}</span>
                <StatusChip glyph={glyph} word={word} />
              </li>
            )}
          </For>
        </ul>
      </Part>
      <Part title="Icons">
        <ul class="grid grid-cols-[repeat(auto-fill,minmax(84px,1fr))] gap-2 text-small t2">
          <For each={iconNames}>
            {(name) => (
              <li class="row">
                <Icon name={name} />
                <span class="clip">{name}</span>
              </li>
            )}
          </For>
        </ul>
      </Part>
      <Part title="Strips">
        <div class="col gap-2 max-w-[240px]">
          <For each={stripSamples}>
            {({ label, segments }) => <Strip label={label} segments={segments} />}
          </For>
        </div>
      </Part>
    </>
  )
}

export function Controls(): JSX.Element {
  const [mode, setMode] = createSignal<'graph' | 'list' | 'text'>('graph')
  const [card, setCard] = createSignal<'one' | 'two'>('one')
  return (
    <>
      <Part title="Buttons">
        <div class="flex flex-wrap gap-2">
          <Button class="button-primary" shortcut="A">
            Allow once
          </Button>
          <Button>Deny</Button>
          <Button icon="edit">Edit plan</Button>
          <Button look="quiet">Other…</Button>
          <Button look="danger" icon="stop">
            Stop
          </Button>
          <Button disabled>Not now</Button>
          <Button class="button-primary" busy>
            Busy
          </Button>
          <Button icon="fit" label="Fit to view" />
          <Button small>Small</Button>
          <LinkButton href="/design">Link</LinkButton>
          <CopyButton text="copied" label="Copy" />
          <Menu
            label="More"
            items={[
              { label: 'Open a shell', icon: 'terminal', onSelect: nothing },
              { label: 'Delete', icon: 'trash', isDanger: true, onSelect: nothing },
            ]}
          />
        </div>
      </Part>
      <Part title="Choices">
        <div class="col gap-3 items-start">
          <Segmented
            label="View"
            value={mode()}
            options={[
              { value: 'graph', label: 'Graph' },
              { value: 'list', label: 'List', count: 7 },
              { value: 'text', label: 'Text' },
            ]}
            onChange={setMode}
          />
          <ChoiceCards
            label="Cards"
            value={card()}
            choices={[
              { value: 'one', label: 'In parallel', detail: 'Whatever is ready' },
              { value: 'two', label: 'One at a time', detail: 'In order' },
            ]}
            onChange={setCard}
          />
        </div>
      </Part>
      <Part title="Fields">
        <div class="grid gap-3 md:grid-cols-2">
          <TextField
            label="Empty"
            value=""
            placeholder="opus"
            hint="A short name"
            onInput={nothing}
          />
          <TextField label="With a unit" value="30" unit="min" onInput={nothing} />
          <TextField
            label="Wrong"
            value="900"
            error="Give a whole number from 1 to 64, or nothing."
            onInput={nothing}
          />
          <TextField label="Not now" value="fixed" disabled onInput={nothing} />
        </div>
        <TextArea
          label="Text"
          rows={3}
          value="Limit each API key to 100 requests."
          onInput={nothing}
        />
      </Part>
      <Part title="Answers">
        <AnswerButtons
          options={['API key', 'IP address']}
          suggestions={[]}
          busy={false}
          onAnswer={nothing}
        />
        <AnswerButtons options={[]} suggestions={[]} busy={false} onAnswer={nothing} />
      </Part>
    </>
  )
}

export function Content(): JSX.Element {
  return (
    <>
      <Part title="Words">
        <Prose text={proseSample} />
        <div class="flex flex-wrap items-center gap-3">
          <Path path="src/limits/store.ts" />
          <LineCount added={164} deleted={12} />
          <span class="count">4</span>
          <span class="count count-need">4</span>
          <Key keys="Mod+k" always />
          <Key keys="g h" always />
        </div>
      </Part>
      <Part title="Difference">
        <div class="card overflow-hidden">
          <DiffLines lines={diffSample} />
        </div>
      </Part>
      <Part title="Nothing, and something wrong">
        <div class="card">
          <Empty action={<Button>Start a task</Button>}>
            No changes yet. Files appear here as agents edit them.
          </Empty>
        </div>
        <div class="card">
          <PartError message="Docker isn't answering at /var/run/docker.sock." onRetry={nothing} />
        </div>
      </Part>
    </>
  )
}
