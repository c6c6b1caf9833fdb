import { spawn } from 'node:child_process';
import { CodedError } from '@amphi/base';
import { claimDataDirectory } from '../../src/data-directory.ts';

/** A process that tries for a data directory when it is told to. */
export type ContenderOrder =
  | { readonly type: 'claim'; readonly dataDir: string }
  | { readonly type: 'release' }
  /** Starts a program that outlives this one, as media workers and egress may for a moment. */
  | { readonly type: 'leaveChild' };
export type ContenderAnswer =
  | { readonly type: 'won' | 'in_use' | 'released' }
  | { readonly type: 'child'; readonly pid: number }
  | { readonly type: 'failed'; readonly message: string };

let release: (() => void) | undefined;

process.on('message', (order: ContenderOrder) => {
  handle(order).then(
    (answer) => process.send?.(answer),
    (error: unknown) => process.send?.({ type: 'failed', message: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));

async function handle(order: ContenderOrder): Promise<ContenderAnswer> {
  switch (order.type) {
    case 'claim':
      try {
        release = await claimDataDirectory(order.dataDir);
        return { type: 'won' };
      } catch (error) {
        if (error instanceof CodedError && error.code === 'in_use') return { type: 'in_use' };
        throw error;
      }
    case 'release':
      release?.();
      return { type: 'released' };
    case 'leaveChild': {
      const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
      return { type: 'child', pid: child.pid ?? 0 };
    }
  }
}
