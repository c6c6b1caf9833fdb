import { useSelf, useSession } from '@amphi/react';
import { Button, Dialog, Field, TextInput } from '@amphi/ui';
import { type FormEvent, useId, useState } from 'react';
import { rememberPreferences } from '../page/preferences.ts';
import { useAttempt } from '../page/use-attempt.ts';
import { useWords } from '../words/speaking.tsx';

/** Another name for oneself: everybody has it at once, and so does the next visit. */
export function RenameDialog({
  open,
  onOpenChange,
}: {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}) {
  const words = useWords();
  const formId = useId();
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={words.people.changeName}
      footer={
        <Button type="submit" form={formId} variant="primary" data-testid="rename-save">
          {words.people.saveName}
        </Button>
      }
    >
      <NameForm id={formId} onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

function NameForm({ id, onDone }: { readonly id: string; readonly onDone: () => void }) {
  const words = useWords();
  const session = useSession();
  const attempt = useAttempt();
  const self = useSelf();
  const [name, setName] = useState(self.name);
  const [isMissing, setIsMissing] = useState(false);
  const save = (event: FormEvent): void => {
    event.preventDefault();
    const wanted = name.trim();
    if (!wanted) {
      setIsMissing(true);
      return;
    }
    onDone();
    if (wanted === self.name) return;
    // A session that is away throws at once.
    const change = async (): Promise<void> => session.updateProfile({ name: wanted });
    attempt(
      words.failed.name,
      change().then(() => rememberPreferences({ name: wanted })),
    );
  };
  return (
    <form id={id} onSubmit={save} noValidate>
      <Field label={words.preview.name} error={isMissing ? words.preview.nameMissing : undefined}>
        <TextInput
          value={name}
          onChange={(event) => {
            setName(event.target.value);
            setIsMissing(false);
          }}
          autoComplete="name"
          maxLength={100}
          enterKeyHint="done"
          data-testid="rename-name"
        />
      </Field>
    </form>
  );
}
