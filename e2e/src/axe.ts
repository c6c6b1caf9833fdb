import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

/** Judged by axe-core: what people with a screen reader, a keyboard or weak eyes would stumble over. */

/** What the script gives a page. */
interface Axe {
  run(
    context: Document,
    options: { readonly resultTypes: readonly string[] },
  ): Promise<{
    readonly violations: readonly {
      readonly id: string;
      readonly impact?: string | null;
      readonly help: string;
      readonly nodes: readonly {
        readonly html: string;
        readonly target: readonly string[];
        readonly failureSummary?: string;
      }[];
    }[];
  }>;
}

const SCRIPT = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * What is wrong with the page as it is, one line each; animations are let end first, as half-seen colours have no contrast.
 * All rules count, those of good practice, too; but an open menu need not lie in a landmark: it holds the focus, and the rest
 * of the page is hidden from screen readers meanwhile. Nor need a tooltip: it is read with what it describes.
 */
export async function violationsOf(page: Page): Promise<string[]> {
  // Not as a script element: the pages' content policy refuses what is not theirs.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(SCRIPT);
  return page.evaluate(async () => {
    const ending = document
      .getAnimations()
      .filter(({ effect }) => effect?.getComputedTiming().iterations !== Number.POSITIVE_INFINITY);
    await Promise.allSettled(ending.map(({ finished }) => finished));
    const { axe } = window as unknown as { readonly axe: Axe };
    const isApart = (target: readonly string[]): boolean =>
      document.querySelector(target.join(' '))?.querySelector('[role=menu], [role=tooltip]') != null;
    const { violations } = await axe.run(document, { resultTypes: ['violations'] });
    return violations.flatMap(({ id, impact, help, nodes }) =>
      nodes
        .filter(({ target }) => id !== 'region' || !isApart(target))
        .map(({ html, failureSummary }) => {
          const why = (failureSummary ?? '').split('\n').slice(1, 2).join('').trim();
          return `${id} (${impact ?? 'minor'}): ${help}: ${html.slice(0, 200)}: ${why}`;
        }),
    );
  });
}
