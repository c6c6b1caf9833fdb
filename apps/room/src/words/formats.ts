/** How numbers and times are written in one language. */
export interface Formats {
  /** 1234 → "1,234". */
  count(value: number): string;
  /** 1200 → "1.2K". */
  short(value: number): string;
  /** With so many digits after the point. */
  decimal(value: number, digits: number): string;
  /** 33 → "33%": the value is in percent. */
  percent(value: number): string;
  /** `mm:ss`, from one hour on `h:mm:ss`. A time before the start is `00:00`. */
  elapsed(ms: number): string;
  /** Time of day; empty for what is no time. */
  timeOfDay(at: number): string;
  /** The same with the day in front, unless it is today. */
  moment(at: number, now: number): string;
}

/** The same, and which of its forms a counted thing takes: a language names all that it has, so that none is forgotten. */
export interface CountingFormats<Form extends Intl.LDMLPluralRule> extends Formats {
  plural(count: number, forms: Readonly<Record<Form | 'other', string>>): string;
}

/** @param locale BCP 47: a language, with a region where that one's clock and digits are wanted */
export function formatsOf<Form extends Intl.LDMLPluralRule>(locale: string): CountingFormats<Form> {
  const whole = new Intl.NumberFormat(locale);
  const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
  const hundredths = new Intl.NumberFormat(locale, { style: 'percent' });
  const plain = new Intl.NumberFormat(locale, { useGrouping: false });
  const two = new Intl.NumberFormat(locale, { minimumIntegerDigits: 2 });
  const clock = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' });
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
  const dayAndTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const rules = new Intl.PluralRules(locale);
  const timeOfDay = (at: number): string => (Number.isFinite(at) && at > 0 ? clock.format(at) : '');
  return {
    count: (value) => whole.format(value),
    short: (value) => compact.format(value),
    decimal: (value, digits) =>
      value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
    percent: (value) => hundredths.format(value / 100),
    elapsed(ms) {
      const total = wholeSeconds(ms);
      const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
      const end = `${two.format(minutes)}:${two.format(seconds)}`;
      return hours > 0 ? `${plain.format(hours)}:${end}` : end;
    },
    timeOfDay,
    moment(at, now) {
      const time = timeOfDay(at);
      return time === '' || day.format(at) === day.format(now) ? time : dayAndTime.format(at);
    },
    plural(count, forms) {
      const known: Readonly<Partial<Record<Intl.LDMLPluralRule, string>>> & { readonly other: string } = forms;
      return known[rules.select(count)] ?? known.other;
    },
  };
}

/** For `<time dateTime>`: an ISO 8601 duration. */
export function isoDuration(ms: number): string {
  return `PT${wholeSeconds(ms)}S`;
}

function wholeSeconds(ms: number): number {
  return Number.isFinite(ms) ? Math.max(0, Math.floor(ms / 1000)) : 0;
}
