import { levelOf } from '@amphi/protocol';
import { usePeerSearch, useRole, useSessionState } from '@amphi/react';
import { Avatar, Button } from '@amphi/ui';
import { useId } from 'react';
import { PersonMenu } from './person-menu.tsx';

/** Of a large room: people by name who are not in the list, as many pages as are asked for. */
export function UnlistedPeople({ query }: { readonly query: string }) {
  const id = useId();
  const { results, isSearching, error, loadMore } = usePeerSearch(query);
  const { roles } = useRole();
  const listed = useSessionState((state) => state.peers);
  const shown = results.filter((peer) => !listed[peer.id]);
  if (shown.length === 0 && !isSearching && !error && !loadMore) return null;
  return (
    <section aria-labelledby={id} className="mb-4" data-testid="unlisted">
      <h2 id={id} className="px-2 pb-1 text-sm font-medium text-ink-soft">
        In the audience
      </h2>
      <ul>
        {shown.map((peer) => (
          <li key={peer.id} className="flex min-h-13 items-center gap-3 px-2">
            <Avatar name={peer.name} size={36} />
            <span className="flex min-w-0 flex-1 flex-col">
              <bdi className="truncate text-[0.9375rem] font-medium">{peer.name || 'Somebody'}</bdi>
              <bdi className="truncate text-xs text-ink-faint">{peer.roleName}</bdi>
            </span>
            <PersonMenu
              person={{
                id: peer.id,
                name: peer.name,
                roleName: peer.roleName,
                level: roles[peer.roleName] ? levelOf(roles[peer.roleName]!) : 'stream',
                isSelf: false,
                isMuted: false,
                isCameraOff: false,
                isHandRaised: false,
                microphoneId: undefined,
                cameraId: undefined,
              }}
            />
          </li>
        ))}
      </ul>
      <div role="status" className="px-2 text-sm text-ink-soft">
        {isSearching ? 'Looking…' : error ? 'The search did not work.' : ''}
      </div>
      {loadMore && (
        <Button size="sm" variant="quiet" onClick={loadMore}>
          {error ? 'Try again' : 'More'}
        </Button>
      )}
    </section>
  );
}
