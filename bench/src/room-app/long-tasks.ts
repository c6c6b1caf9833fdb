import type { Page } from 'playwright-core';

declare global {
  interface Window {
    longTasks: number[];
  }
}

/** Init script: keeps how long each task of the main thread took that took more than 50 ms (Long Tasks API, W3C). */
export const WATCH_LONG_TASKS = `{
  window.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.longTasks.push(duration);
  }).observe({ type: 'longtask', buffered: true });
}`;

export interface LongTasks {
  readonly count: number;
  readonly sumMs: number;
  readonly longestMs: number;
}

/** Of the page so far, or since the last `forgetLongTasks`. */
export function longTasks(page: Page): Promise<LongTasks> {
  return page.evaluate(() => ({
    count: window.longTasks.length,
    sumMs: window.longTasks.reduce((sum, task) => sum + task, 0),
    longestMs: Math.max(0, ...window.longTasks),
  }));
}

export async function forgetLongTasks(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.longTasks.length = 0;
  });
}
