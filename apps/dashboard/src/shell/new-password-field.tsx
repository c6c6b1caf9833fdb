import { setPasswordBody } from '@amphi/protocol';
import { Field, PasswordInput } from '@amphi/ui';

/** A password that somebody makes up, within a form that has its `username` beside it. */
export function NewPasswordField(props: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** From `newPasswordProblem`, once the form was sent. */
  problem: string | undefined;
}) {
  const { label, value, onChange, problem } = props;
  return (
    <Field label={label} hint="At least 10 characters. A few words are easy to remember." error={problem}>
      <PasswordInput
        name="new-password"
        autoComplete="new-password"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        data-testid="new-password"
      />
    </Field>
  );
}

/** What the password lacks, in a sentence. */
export function newPasswordProblem(password: string): string | undefined {
  const parsed = setPasswordBody.shape.newPassword.safeParse(password);
  return parsed.success ? undefined : `The password needs ${parsed.error.issues[0]?.message}.`;
}
