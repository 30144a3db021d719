import type { JSX } from 'solid-js'
import { LinkButton } from '../components/button.tsx'
import { PageHeader } from '../components/page-header.tsx'

export function NotFoundPage(): JSX.Element {
  return (
    <>
      <PageHeader title="Nothing here" />
      <div class="page col gap-3 items-start">
        <p class="t2">There is no page at this address. It may have been deleted with its task.</p>
        <LinkButton href="/" look="next">
          Go home
        </LinkButton>
      </div>
    </>
  )
}
