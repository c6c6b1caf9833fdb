/** Prints the figures as one JSON object on the last line, rounded to three digits after the point. */
export function printResult(figures: Readonly<Record<string, number | string | boolean>>): void {
  const rounded = Object.fromEntries(
    Object.entries(figures).map(([key, value]) => [
      key,
      typeof value === 'number' ? Math.round(value * 1000) / 1000 : value,
    ]),
  );
  console.log(JSON.stringify(rounded));
}

/** Progress goes to standard error, so that standard output ends with the result. */
export function progress(text: string): void {
  console.error(`· ${text}`);
}
