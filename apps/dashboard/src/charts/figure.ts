/** One figure over time, to be drawn. */
export interface Figure {
  readonly id: string;
  readonly title: string;
  /** Behind a number. */
  readonly unit: string;
  /** In the order of time; `value` is in the unit. */
  readonly points: readonly Point[];
}

export interface Point {
  /** The beginning of the span that it is of. */
  readonly at: number;
  readonly value: number;
}

export function average(values: readonly number[]): number {
  return sum(values) / values.length;
}

/** The end of the axis: above the highest, and a round number. */
export function axisEnd(values: readonly number[]): number {
  const top = highest([...values, 1]);
  const unit = 10 ** Math.floor(Math.log10(top));
  return [1, 2, 5, 10].map((step) => step * unit).find((end) => end >= top) ?? top;
}

/** As people read it: no more places than say something. */
export function numberText(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 });
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function highest(values: readonly number[]): number {
  return Math.max(...values);
}
