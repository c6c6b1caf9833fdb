import { classNames } from './class-names.ts';

/** The place of something that is being loaded; give it a size. Put it inside something with `aria-busy`. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <span aria-hidden="true" className={classNames('block animate-breathe rounded-control bg-sunken', className)} />
  );
}
