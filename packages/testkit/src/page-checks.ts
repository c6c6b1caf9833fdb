import type { Page } from 'playwright-core';

/** What people who use no mouse, no eyes or a small screen need of a page. */

/** More stops than any page of the dashboard has. */
const MAX_TAB_STOPS = 80;
/** WCAG 2.2, 2.5.5 (target size, enhanced). */
const TARGET_PX = 44;

/** `data-testid` of what has the focus. */
export function focusedTestId(page: Page): Promise<string | null> {
  return page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? null);
}

/**
 * Presses Tab until the control with this `data-testid` has the focus, and checks that the focus can be seen at each
 * stop: an outline on the control or on the frame around it.
 * @throws Error when it is not reached, or a stop shows no focus
 */
export async function pressTabTo(page: Page, testId: string, { backwards = false } = {}): Promise<void> {
  for (let stop = 0; stop < MAX_TAB_STOPS; stop++) {
    if ((await focusedTestId(page)) === testId) return;
    await page.keyboard.press(backwards ? 'Shift+Tab' : 'Tab');
    const unseen = await page.evaluate(() => {
      const focused = document.activeElement;
      if (focused === null || focused === document.body) return undefined;
      const around = [focused, focused.parentElement, focused.parentElement?.parentElement];
      const outlined = around.some((element) => {
        if (!element) return false;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0;
      });
      return outlined ? undefined : focused.outerHTML.slice(0, 200);
    });
    if (unseen !== undefined) throw new Error(`the focus cannot be seen at ${unseen}`);
  }
  throw new Error(`Tab never reaches ${testId}`);
}

/** Controls without an accessible name, as the browser computes it. */
export async function nameless(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  await session.detach();
  const controls = ['button', 'link', 'textbox', 'combobox', 'checkbox', 'switch', 'radio', 'radiogroup', 'img'];
  return nodes
    .filter((node) => !node.ignored && controls.includes(String(node.role?.value)))
    .filter((node) => String(node.name?.value ?? '').trim() === '')
    .map((node) => `${node.role?.value} without a name`);
}

/**
 * What would move on the page for longer than an instant: elements with an animation or a transition that lasts. For pages of
 * people who have asked for less motion there is to be none.
 */
export function movingParts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const lasts = (times: string): boolean =>
      times.split(', ').some((time) => Number.parseFloat(time) * (time.endsWith('ms') ? 1 : 1_000) > 1);
    return [...document.querySelectorAll('*')].flatMap((element) =>
      ['', '::before', '::after'].flatMap((part) => {
        const { animationName, animationDuration, transitionDuration } = getComputedStyle(element, part);
        const name = `${element.tagName.toLowerCase()}${part} ${element.getAttribute('data-testid') ?? element.className}`;
        if (animationName !== 'none' && lasts(animationDuration)) return [`${name}: ${animationName}`];
        return lasts(transitionDuration) ? [`${name}: a transition of ${transitionDuration}`] : [];
      }),
    );
  });
}

/** Elements that reach beyond the right edge of the window, if the page can be scrolled sideways. */
export function widerThanWindow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > width + 0.5)
      .map((element) => element.outerHTML.slice(0, 120));
  });
}

/** Controls that reach beyond the left or the right edge of the window, also where the page cuts off what does not fit. */
export function beyondEdges(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    return [...document.querySelectorAll<HTMLElement>('a[href], button, input, select, textarea, h1, h2')]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }))
      .filter((element) => {
        const { left, right } = element.getBoundingClientRect();
        // What only screen readers get is a pixel wide, wherever it is.
        return right - left > 1 && (left < -0.5 || right > width + 0.5);
      })
      .map((element) => element.outerHTML.slice(0, 120));
  });
}

/** Controls smaller than a fingertip. Links inside a line of text are exempt (WCAG 2.2, 2.5.5, "inline"). */
export function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate((least) => {
    const small: string[] = [];
    for (const control of document.querySelectorAll<HTMLElement>('a[href], button, input, select, [role="switch"]')) {
      if (control.hidden || control.closest('[aria-hidden="true"]') !== null) continue;
      if (control.tagName === 'A' && getComputedStyle(control).display === 'inline') continue;
      // A control in a label is hit by the whole label; a bare input by its frame.
      const target = control.closest('label') ?? (control.matches('input, select') ? control.parentElement : control);
      const box = (target ?? control).getBoundingClientRect();
      if (box.width <= 1 || box.height <= 1) continue;
      if (box.width < least - 0.5 || box.height < least - 0.5) {
        small.push(`${Math.round(box.width)}×${Math.round(box.height)} ${control.outerHTML.slice(0, 120)}`);
      }
    }
    return small;
  }, TARGET_PX);
}
