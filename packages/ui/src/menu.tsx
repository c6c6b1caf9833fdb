import { Check } from 'lucide-react';
import { DropdownMenu as Primitive } from 'radix-ui';
import type { ComponentProps, ReactElement, ReactNode } from 'react';
import { classNames } from './class-names.ts';
import { useFullScreenHome } from './full-screen-home.ts';

const item = classNames(
  'flex min-h-9 cursor-pointer items-center gap-2.5 rounded-lg px-2.5 text-[0.9375rem] outline-none select-none pointer-coarse:min-h-11',
  'data-[highlighted]:bg-sunken data-[disabled]:cursor-not-allowed data-[disabled]:opacity-45',
  '[&_svg]:size-4.5 [&_svg]:shrink-0',
);

/** A menu behind `trigger`, which must be a button. Arrow keys, type-ahead and Escape work. */
export function Menu({
  trigger,
  align = 'end',
  startsOpen = false,
  children,
}: {
  trigger: ReactElement;
  align?: 'start' | 'center' | 'end';
  /** For a menu that is made when it is asked for. */
  startsOpen?: boolean;
  children: ReactNode;
}) {
  const home = useFullScreenHome();
  return (
    <Primitive.Root modal={false} defaultOpen={startsOpen}>
      <Primitive.Trigger asChild>{trigger}</Primitive.Trigger>
      <Primitive.Portal container={home}>
        <Primitive.Content
          align={align}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-52 animate-fade overflow-y-auto rounded-xl border border-line bg-raised p-1.5 shadow-raised"
        >
          {children}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}

export interface MenuItemProps extends Omit<ComponentProps<'div'>, 'onSelect'> {
  icon?: ReactNode;
  /** Something is lost by it. */
  danger?: boolean;
  disabled?: boolean;
  /** The menu stays open for more of the same. */
  staysOpen?: boolean;
  /** For type-ahead, where the item shows no words. */
  textValue?: string;
  onSelect: () => void;
}

export function MenuItem({
  icon,
  danger = false,
  disabled = false,
  staysOpen = false,
  textValue,
  onSelect,
  children,
  className,
  ...rest
}: MenuItemProps) {
  return (
    <Primitive.Item
      {...rest}
      {...(textValue !== undefined && { textValue })}
      disabled={disabled}
      onSelect={(event) => {
        if (staysOpen) event.preventDefault();
        onSelect();
      }}
      className={classNames(item, danger ? 'text-danger' : 'text-ink', className)}
    >
      {icon}
      {children}
    </Primitive.Item>
  );
}

/** One of a few, inside a menu. The menu stays open while choosing. */
export function MenuRadioGroup<Value extends string>({
  label,
  value,
  options,
  onValueChange,
}: {
  label: string;
  value: Value;
  options: readonly { readonly value: Value; readonly label: string; readonly icon?: ReactNode }[];
  onValueChange: (value: Value) => void;
}) {
  return (
    <Primitive.RadioGroup
      aria-label={label}
      value={value}
      onValueChange={(chosen) => {
        const option = options.find((candidate) => candidate.value === chosen);
        if (option !== undefined) onValueChange(option.value);
      }}
    >
      <MenuLabel>{label}</MenuLabel>
      {options.map((option) => (
        <Primitive.RadioItem
          key={option.value}
          value={option.value}
          onSelect={(event) => event.preventDefault()}
          className={classNames(item, 'text-ink')}
        >
          {option.icon}
          <span className="flex-1">{option.label}</span>
          <Primitive.ItemIndicator>
            <Check className="text-accent" aria-hidden="true" />
          </Primitive.ItemIndicator>
        </Primitive.RadioItem>
      ))}
    </Primitive.RadioGroup>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Primitive.Label className="px-2.5 pt-2 pb-1 text-xs font-medium text-ink-faint">{children}</Primitive.Label>;
}

export function MenuSeparator() {
  return <Primitive.Separator className="my-1.5 h-px bg-line" />;
}
