import type { OwnerView } from '@amphi/protocol';
import { Button, IconButton } from '@amphi/ui';
import { KeyRound, X } from 'lucide-react';
import { useState } from 'react';
import { PasswordDialog } from './password-dialog.tsx';

/** Reminds an owner without a password that the one-time link is used up. Can be put away until the page is loaded again. */
export function PasswordReminder({ owner }: { owner: OwnerView }) {
  const [state, setState] = useState<'shown' | 'setting' | 'away'>('shown');
  if (owner.hasPassword || state === 'away') return null;
  return (
    <aside aria-label="Reminder" className="border-b border-line bg-warn-wash">
      <div className="mx-auto flex w-full max-w-5xl flex-wrap items-center gap-x-3 gap-y-1 px-4 py-1.5 text-sm">
        <KeyRound className="size-4.5 shrink-0 text-warn" aria-hidden="true" />
        <p className="min-w-0 flex-1 basis-48">No password is set yet: without one you cannot sign in again.</p>
        <Button size="sm" onClick={() => setState('setting')} data-testid="reminder-set-password">
          Set password
        </Button>
        <IconButton label="Not now" tooltip={false} size="sm" icon={<X />} onClick={() => setState('away')} />
      </div>
      {state === 'setting' && <PasswordDialog owner={owner} onClose={() => setState('shown')} />}
    </aside>
  );
}
