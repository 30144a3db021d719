/** What the window says from outside: its title with the count, its icon with the shape of the state. */
import { createEffect, createMemo } from 'solid-js'
import { pageTitle } from '../../components/page-header.tsx'
import { countAttention, listAttention } from '../../data/attention.ts'
import { all, store } from '../../data/store.ts'
import { toIconState } from './icon-state.ts'

/** For the life of the owner. */
export function dressWindow(isStale: () => boolean): void {
  createEffect(() => {
    const count = countAttention()
    const title = pageTitle()
    document.title = `${count > 0 ? `(${count}) ` : ''}${title ? `${title} · ` : ''}Klaudio`
  })
  const state = createMemo(() => {
    const kinds = listAttention().map(({ kind }) => kind)
    const asks = kinds.some((kind) => kind === 'question' || kind === 'plan')
    const works = (store.liveAgents.get(all).value ?? []).some(({ status }) => status === 'running')
    return toIconState({ isStale: isStale(), asks, fails: kinds.length > 0, works })
  })
  createEffect(() => {
    const name = state() === '' ? 'icon' : `icon-${state()}`
    document.querySelector('link[rel=icon]')?.setAttribute('href', `/${name}.svg`)
  })
}
