import { For, type JSX, Match, Show, Switch } from 'solid-js'
import { Button } from '../../components/button.tsx'
import { DropZone, type PickedFile } from '../../components/drop-zone.tsx'
import { TextField } from '../../components/field.tsx'
import { type Segment, Segmented } from '../../components/segmented.tsx'
import { formatBytes } from '../../lib/text.ts'
import type { NewTask, SourceKind } from './new-task-form.ts'

const kinds: Segment<SourceKind>[] = [
  { value: 'empty', label: 'Empty' },
  { value: 'files', label: 'Files' },
  { value: 'git', label: 'Git URL' },
  { value: 'local', label: 'Local path' },
]

/** Where the task's repository starts, and the files that come along. */
export function SourceFields(props: {
  task: NewTask
  files: readonly PickedFile[]
  problems: Record<string, string>
  onChange: (change: Partial<NewTask>) => void
  onFiles: (files: PickedFile[]) => void
}): JSX.Element {
  return (
    <div class="col gap-3">
      <div class="col gap-1.5">
        <span class="label">Repository</span>
        <div class="scroll-x">
          <Segmented
            label="Where the repository starts"
            value={props.task.sourceKind}
            options={kinds}
            onChange={(sourceKind) => props.onChange({ sourceKind })}
          />
        </div>
      </div>
      <Switch>
        <Match when={props.task.sourceKind === 'empty'}>
          <p class="t3 text-small">
            A new, empty repository. Files you add are given to the agents beside it.
          </p>
        </Match>
        <Match when={props.task.sourceKind === 'files'}>
          <p class="t3 text-small">The files below become the first commit.</p>
        </Match>
        <Match when={props.task.sourceKind === 'git'}>
          <div class="grid gap-3 md:grid-cols-[minmax(0,1fr)_160px]">
            <TextField
              label="URL"
              mono
              type="url"
              inputMode="url"
              placeholder="https://github.com/acme/api.git"
              value={props.task.url}
              error={props.problems.url}
              onInput={(url) => props.onChange({ url })}
            />
            <Ref value={props.task.ref} onChange={props.onChange} />
          </div>
          <TextField
            label="Access token"
            type="password"
            autocomplete="off"
            hint="Only for a private repository. Stored encrypted, never shown again."
            value={props.task.token}
            onInput={(token) => props.onChange({ token })}
          />
        </Match>
        <Match when={props.task.sourceKind === 'local'}>
          <div class="grid gap-3 md:grid-cols-[minmax(0,1fr)_160px]">
            <TextField
              label="Path"
              mono
              placeholder="/home/me/project"
              hint="Of a repository on the machine where Klaudio runs. It is copied, never changed."
              value={props.task.path}
              error={props.problems.path}
              onInput={(path) => props.onChange({ path })}
            />
            <Ref value={props.task.ref} onChange={props.onChange} />
          </div>
        </Match>
      </Switch>
      <div class="col gap-1.5">
        <DropZone
          label="Add files"
          onFiles={(files) => props.onFiles([...props.files, ...files])}
        />
        <Show when={props.problems.files}>
          <p class="text-fail text-small">{props.problems.files}</p>
        </Show>
        <For each={props.files}>
          {(picked) => (
            <div class="row">
              <span class="mono clip flex-1">{picked.path}</span>
              <span class="t3 text-small">{formatBytes(picked.file.size)}</span>
              <Button
                look="quiet"
                icon="close"
                label={`Leave out ${picked.path}`}
                onClick={() => props.onFiles(props.files.filter((each) => each !== picked))}
              />
            </div>
          )}
        </For>
      </div>
    </div>
  )
}

function Ref(props: { value: string; onChange: (change: Partial<NewTask>) => void }): JSX.Element {
  return (
    <TextField
      label="Branch, tag or commit"
      mono
      placeholder="default"
      value={props.value}
      onInput={(ref) => props.onChange({ ref })}
    />
  )
}
