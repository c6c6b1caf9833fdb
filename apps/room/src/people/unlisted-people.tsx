import { levelOf } from '@amphi/protocol';
import { usePeerSearch, useRole, useSessionState } from '@amphi/react';
import { Avatar, Button } from '@amphi/ui';
import { useId } from 'react';
import { useWords } from '../words/speaking.tsx';
import { PersonMenu } from './person-menu.tsx';

/** Of a large room: people by name who are not in the list, as many pages as are asked for. */
export function UnlistedPeople({ query }: { readonly query: string }) {
  const words = useWords();
  const id = useId();
  const { results, isSearching, error, loadMore } = usePeerSearch(query);
  const { roles } = useRole();
  const listed = useSessionState((state) => state.peers);
  const shown = results.filter((peer) => !listed[peer.id]);
  if (shown.length === 0 && !isSearching && !error && !loadMore) return null;
  return (
    <section aria-labelledby={id} className="mb-4" data-testid="unlisted">
      <h2 id={id} className="px-2 pb-1 text-sm font-medium text-ink-soft">
        {words.people.inAudience}
      </h2>
      <ul>
        {shown.map((peer) => (
          <li key={peer.id} className="flex min-h-13 items-center gap-3 px-2">
            <Avatar name={peer.name} size={36} />
            <span className="flex min-w-0 flex-1 flex-col">
              <span className="truncate text-[0.9375rem] font-medium">
                <bdi>{peer.name || words.somebody}</bdi>
              </span>
              <span className="truncate text-xs text-ink-faint">
                <bdi>{peer.roleName}</bdi>
              </span>
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
        {isSearching ? words.people.looking : error ? words.people.searchFailed : ''}
      </div>
      {loadMore && (
        <Button size="sm" variant="quiet" onClick={loadMore}>
          {error ? words.page.tryAgain : words.people.more}
        </Button>
      )}
    </section>
  );
}
