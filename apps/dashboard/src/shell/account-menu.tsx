import type { OwnerView } from '@amphi/protocol';
import {
  Avatar,
  Menu,
  MenuItem,
  MenuLabel,
  MenuRadioGroup,
  MenuSeparator,
  type ThemeChoice,
  useTheme,
  useToaster,
} from '@amphi/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ChevronDown, KeyRound, LogOut, Monitor, Moon, Sun } from 'lucide-react';
import { useState } from 'react';
import { adviceFor } from '../api/advice.ts';
import { signOut } from '../api/platform.ts';
import { sessionQuery } from '../api/queries.ts';
import { PasswordDialog } from './password-dialog.tsx';

const themes = [
  { value: 'system', label: 'As the system', icon: <Monitor /> },
  { value: 'light', label: 'Light', icon: <Sun /> },
  { value: 'dark', label: 'Dark', icon: <Moon /> },
] satisfies readonly { value: ThemeChoice; label: string; icon: React.ReactNode }[];

/** Who is signed in; password, appearance, sign out. */
export function AccountMenu({ owner }: { owner: OwnerView }) {
  const client = useQueryClient();
  const toaster = useToaster();
  const [theme, chooseTheme] = useTheme();
  const [settingPassword, setSettingPassword] = useState(false);
  const leave = useMutation({
    mutationFn: signOut,
    onSuccess: () => {
      client.setQueryData(sessionQuery.queryKey, null);
      // Nothing of the owner's stays in memory.
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
    },
    onError: (error) =>
      toaster.show({ tone: 'danger', title: 'You are still signed in', description: adviceFor(error).message }),
  });
  return (
    <>
      <Menu
        trigger={
          <button
            type="button"
            aria-label={`Account: ${owner.email}`}
            data-testid="account-menu"
            className="flex min-h-11 items-center gap-1.5 rounded-full py-1 pr-2 pl-1 text-ink-soft hover:bg-sunken"
          >
            <Avatar name={owner.email} size={34} />
            <ChevronDown className="size-4 max-sm:hidden" aria-hidden="true" />
          </button>
        }
      >
        <MenuLabel>
          Signed in as <span className="font-semibold text-ink">{owner.email}</span>
        </MenuLabel>
        <MenuItem icon={<KeyRound />} onSelect={() => setSettingPassword(true)} data-testid="menu-set-password">
          {owner.hasPassword ? 'Change password…' : 'Set a password…'}
        </MenuItem>
        <MenuSeparator />
        <MenuRadioGroup label="Appearance" value={theme} options={themes} onValueChange={chooseTheme} />
        <MenuSeparator />
        <MenuItem icon={<LogOut />} onSelect={() => leave.mutate()} data-testid="menu-sign-out">
          Sign out
        </MenuItem>
      </Menu>
      {settingPassword && <PasswordDialog owner={owner} onClose={() => setSettingPassword(false)} />}
    </>
  );
}
