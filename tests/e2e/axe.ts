/** What axe objects to on a page. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'

type Violations = Awaited<ReturnType<AxeBuilder['analyze']>>['violations']

const own = createRequire(import.meta.url)
const source = readFileSync(
  createRequire(own.resolve('@axe-core/playwright')).resolve('axe-core/axe.min.js'),
  'utf8',
)

/**
 * `choose` names the rules; all of them otherwise. To load axe costs more than to run it, so a page gets it once, and nothing is run in a
 * second page, as it would be for frames of other origins, of which we have none. Only what is wrong is told in full.
 */
export async function violationsOf(
  page: Page,
  choose: (builder: AxeBuilder) => AxeBuilder = (builder) => builder,
): Promise<Violations> {
  if (!(await page.evaluate<boolean>('"axe" in window'))) await page.evaluate(source)
  const builder = new AxeBuilder({ page, axeSource: 'undefined' })
    .options({ resultTypes: ['violations'] })
    .setLegacyMode()
  return (await choose(builder).analyze()).violations
}
