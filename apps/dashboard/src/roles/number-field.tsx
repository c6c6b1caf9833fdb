import { Field, TextInput } from '@amphi/ui';
import { useState } from 'react';

/**
 * A number with its unit. What is typed stays as it is typed; what is no number is kept as NaN, which no schema takes, so
 * that the form says so instead of saving something else.
 */
export function NumberField({
  label,
  unit,
  hint,
  value,
  problem,
  onChange,
  testId,
  className = '',
}: {
  label: string;
  unit?: string;
  hint?: string;
  value: number;
  problem?: string | undefined;
  onChange: (value: number) => void;
  testId: string;
  className?: string;
}) {
  const [typed, setTyped] = useState<string>();
  const same = typed !== undefined && (Number(typed) === value || (Number.isNaN(value) && typed.trim() === ''));
  return (
    <Field label={label} hint={hint} error={problem} className={className}>
      <TextInput
        inputMode="decimal"
        autoComplete="off"
        value={same ? typed : Number.isNaN(value) ? (typed ?? '') : String(value)}
        suffix={unit}
        onChange={({ target }) => {
          setTyped(target.value);
          onChange(target.value.trim() === '' ? Number.NaN : Number(target.value));
        }}
        data-testid={testId}
      />
    </Field>
  );
}
