import type { JSX } from 'solid-js'
import { Icon } from '../../components/icon.tsx'
import { Key } from '../../components/key.tsx'
import { openPalette } from './palette-state.ts'

/** Opens the palette for hands on a mouse. */
export function SearchButton(): JSX.Element {
  return (
    <button
      type="button"
      class="button justify-start! t2! font-400! lg:w-[276px] lt-md:hidden!"
      onClick={openPalette}
    >
      <Icon name="search" />
      <span class="flex-1 text-start clip lt-lg:hidden">Search or run a command</span>
      <span class="lg:hidden">Search</span>
      <Key keys="Mod+k" />
    </button>
  )
}
