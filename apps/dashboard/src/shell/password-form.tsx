import type { OwnerView } from '@amphi/protocol';
import { ErrorNotice, Field, PasswordInput } from '@amphi/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { adviceFor } from '../api/advice.ts';
import { setPassword } from '../api/platform.ts';
import { sessionQuery } from '../api/queries.ts';
import { RequestFailure } from '../api/request.ts';
import { NewPasswordField, newPasswordProblem } from './new-password-field.tsx';

export interface PasswordFormProps {
  owner: OwnerView;
  onDone: () => void;
  /** The buttons; the one that saves has `type="submit"`. */
  buttons: (saving: boolean) => ReactNode;
}

/** Sets the first password, or changes it for those who know the present one. */
export function PasswordForm({ owner, onDone, buttons }: PasswordFormProps) {
  const client = useQueryClient();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [problem, setProblem] = useState<string>();
  const save = useMutation({
    mutationFn: () => setPassword({ ...(current === '' ? {} : { currentPassword: current }), newPassword: next }),
    onSuccess: () => {
      const changed: OwnerView = { ...owner, hasPassword: true };
      client.setQueryData(sessionQuery.queryKey, changed);
      onDone();
    },
  });
  const wrongCurrent =
    owner.hasPassword && save.error instanceof RequestFailure && [401, 403].includes(save.error.status);
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        const wrong = newPasswordProblem(next);
        setProblem(wrong);
        if (wrong === undefined && !save.isPending) save.mutate();
      }}
    >
      <input type="text" name="username" autoComplete="username" value={owner.email} readOnly hidden />
      {owner.hasPassword && (
        <Field
          label="Present password"
          hint="Not needed if you came in by a sign-in link."
          error={wrongCurrent ? 'This is not your present password.' : undefined}
        >
          <PasswordInput
            name="current-password"
            autoComplete="current-password"
            value={current}
            onChange={(event) => setCurrent(event.target.value)}
            data-testid="current-password"
          />
        </Field>
      )}
      <NewPasswordField
        label="New password"
        value={next}
        onChange={(value) => {
          setNext(value);
          setProblem(undefined);
        }}
        problem={problem}
      />
      {save.error !== null && !wrongCurrent && (
        <ErrorNotice title="The password was not changed" {...noticeOf(save.error)} />
      )}
      {buttons(save.isPending)}
    </form>
  );
}

function noticeOf(error: unknown): { message: string; details: readonly string[] } {
  const { message, details } = adviceFor(error);
  return { message, details };
}
