import type { OwnerView } from '@amphi/protocol';
import { Button, Dialog, useToaster } from '@amphi/ui';
import { PasswordForm } from './password-form.tsx';

/** Sets or changes the password, from the account menu. */
export function PasswordDialog({ owner, onClose }: { owner: OwnerView; onClose: () => void }) {
  const toaster = useToaster();
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={owner.hasPassword ? 'Change password' : 'Set a password'}
      description={`For signing in as ${owner.email}.`}
    >
      <PasswordForm
        owner={owner}
        onDone={() => {
          toaster.show({ tone: 'ok', title: 'Password saved' });
          onClose();
        }}
        buttons={(saving) => (
          <div className="mt-2 flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" variant="primary" busy={saving} data-testid="password-submit">
              Save password
            </Button>
          </div>
        )}
      />
    </Dialog>
  );
}
