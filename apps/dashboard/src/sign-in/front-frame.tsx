import { AmphiLogo, describeLevel, LevelMark, type SeatLevel } from '@amphi/ui';
import type { ReactNode } from 'react';
import { Amphitheatre } from './amphitheatre.tsx';

const levels: readonly SeatLevel[] = ['stage', 'webinar', 'stream'];

/** The frame of the pages before the dashboard: a form, and beside it what this is. */
export function FrontFrame({ title, lead, children }: { title: string; lead: ReactNode; children: ReactNode }) {
  return (
    <div className="grid min-h-dvh lg:grid-cols-[minmax(26rem,5fr)_6fr]">
      <main className="flex flex-col px-5 py-6 sm:px-10">
        <AmphiLogo />
        <div className="mx-auto flex w-full max-w-sm flex-1 flex-col justify-center gap-6 py-10">
          <div className="flex flex-col gap-1.5">
            <h1 className="text-[1.75rem] font-semibold tracking-[-0.02em]">{title}</h1>
            <p className="text-[0.9375rem] text-ink-soft">{lead}</p>
          </div>
          {children}
        </div>
      </main>
      <aside className="relative hidden flex-col justify-end overflow-hidden bg-[#0c2b28] text-[#e3efea] lg:flex">
        <Amphitheatre className="absolute inset-0 size-full" />
        <div className="relative flex flex-col gap-6 p-12">
          <p className="max-w-md text-[1.75rem] leading-tight font-semibold tracking-[-0.02em]">
            One room, three ways to be in it.
          </p>
          <ul className="grid max-w-2xl gap-4 xl:grid-cols-3">
            {levels.map((level) => (
              <li key={level} className="flex gap-3 xl:flex-col xl:gap-2">
                <LevelMark level={level} className="size-7" />
                <span className="flex flex-col gap-0.5">
                  <span className="font-medium">{describeLevel(level).name}</span>
                  <span className="text-sm text-[#a9c4bb]">{describeLevel(level).meaning}</span>
                </span>
              </li>
            ))}
          </ul>
        </div>
      </aside>
    </div>
  );
}
