/** `mm:ss`, from one hour on `h:mm:ss`. A time before the start is `00:00`. */
export function formatElapsed(ms: number): string {
  const total = Number.isFinite(ms) ? Math.max(0, Math.floor(ms / 1000)) : 0;
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${two(minutes)}:${two(seconds)}`;
}

/** The same for screen readers and `<time dateTime>`: an ISO 8601 duration. */
export function isoDuration(ms: number): string {
  return `PT${Number.isFinite(ms) ? Math.max(0, Math.floor(ms / 1000)) : 0}S`;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });

/** Time of day as the person's region writes it; empty for what is no time. */
export function formatTimeOfDay(at: number): string {
  return Number.isFinite(at) && at > 0 ? clock.format(at) : '';
}

const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

/** The same with the day in front, unless it is today. */
export function formatMoment(at: number, now: number): string {
  const time = formatTimeOfDay(at);
  return time === '' || day.format(at) === day.format(now) ? time : `${day.format(at)}, ${time}`;
}

const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });

/** 1200 → "1.2K", as the person's region writes it. */
export function formatCount(count: number): string {
  return compact.format(count);
}
