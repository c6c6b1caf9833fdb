import { ConfirmDialog } from '@amphi/ui';
import type { Blocker } from 'react-router';

/** Asks whoever is about to lose changes (`useLeaveGuard`). */
export function LeaveDialog({ blocker, what }: { blocker: Blocker; what: string }) {
  return (
    <ConfirmDialog
      open={blocker.state === 'blocked'}
      onOpenChange={(open) => {
        if (!open) blocker.reset?.();
      }}
      title="Leave without saving?"
      description={`Your changes to ${what} are not saved yet. They are lost if you leave this page.`}
      confirmLabel="Leave without saving"
      cancelLabel="Stay here"
      onConfirm={() => blocker.proceed?.()}
    />
  );
}
