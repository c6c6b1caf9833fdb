import { AmphiMark, classNames } from '@amphi/ui';
import { Blocks, ChartColumn, CodeXml, DoorOpen, Film, History, Stethoscope, Users } from 'lucide-react';
import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { Link, Outlet, ScrollRestoration, useLocation } from 'react-router';
import { AccountMenu } from './account-menu.tsx';
import { useOwner } from './owner-only.tsx';
import { PasswordReminder } from './password-reminder.tsx';

/** The frame of all pages: where one can go, and the account. */
export function Shell() {
  const owner = useOwner();
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#content"
        className="sr-only z-50 rounded-control bg-raised font-medium focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:px-4 focus:py-3"
      >
        Skip to the content
      </a>
      <header className="sticky top-0 z-30 border-b border-line bg-page/92 backdrop-blur-sm">
        <div className="mx-auto flex h-16 w-full max-w-[66rem] items-center gap-1 px-4 sm:gap-2">
          <Link to="/" className="-ml-1 mr-2 flex min-h-11 min-w-11 items-center gap-2 rounded-control px-1 sm:mr-6">
            <AmphiMark className="size-7 text-accent" />
            <span className="text-lg font-semibold tracking-[-0.02em] max-sm:sr-only">Amphi</span>
          </Link>
          <nav
            aria-label="Dashboard"
            className="flex flex-1 gap-0.5 overflow-x-auto overscroll-x-contain [scrollbar-width:none] max-sm:-my-1 max-sm:py-1"
          >
            <Tab to="/" below="/apps" icon={<Blocks />}>
              Apps
            </Tab>
            <Tab to="/rooms" icon={<DoorOpen />}>
              Rooms
            </Tab>
            <Tab to="/sessions" icon={<History />}>
              Sessions
            </Tab>
            <Tab to="/recordings" icon={<Film />}>
              Recordings
            </Tab>
            <Tab to="/usage" icon={<ChartColumn />}>
              Usage
            </Tab>
            <Tab to="/members" icon={<Users />}>
              Members
            </Tab>
            {owner.role !== 'viewer' && (
              <Tab to="/developer" icon={<CodeXml />}>
                Developer
              </Tab>
            )}
            <Tab to="/doctor" icon={<Stethoscope />}>
              Doctor
            </Tab>
          </nav>
          <AccountMenu owner={owner} />
        </div>
      </header>
      <PasswordReminder owner={owner} />
      {owner.role === 'viewer' && <ViewerNote />}
      <main id="content" tabIndex={-1} className="w-full flex-1 px-4 pt-8 pb-20 sm:pt-10">
        <Outlet context={owner} />
      </main>
      <ScrollRestoration />
    </div>
  );
}

/** Changes are refused by the server; said before they are tried. */
function ViewerNote() {
  return (
    <p className="border-b border-line bg-sunken px-4 py-2 text-center text-sm text-ink-soft" data-testid="viewer-note">
      You can look at everything here but change nothing: your role is Viewer.
    </p>
  );
}

function Tab({
  to,
  below = to,
  icon,
  children,
}: {
  to: string;
  /** Pages below this address belong to the tab. Default: those below its own. */
  below?: string;
  icon: ReactNode;
  children: ReactNode;
}) {
  const { pathname } = useLocation();
  const link = useRef<HTMLAnchorElement>(null);
  const isChosen = pathname === to || pathname.startsWith(`${below}/`);
  // On a phone the row of tabs is longer than the window.
  useLayoutEffect(() => {
    if (isChosen) link.current?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [isChosen]);
  return (
    <Link
      ref={link}
      to={to}
      aria-current={isChosen ? 'page' : undefined}
      className={classNames(
        'flex min-h-11 shrink-0 -outline-offset-2 items-center gap-1.5 rounded-control px-3 text-[0.9375rem] font-medium max-sm:px-2 max-sm:text-sm max-xl:[&_svg]:hidden xl:px-2 [&_svg]:size-4.5',
        isChosen ? 'bg-accent-wash text-accent' : 'text-ink-soft hover:bg-sunken hover:text-ink',
      )}
    >
      {icon}
      {children}
    </Link>
  );
}
