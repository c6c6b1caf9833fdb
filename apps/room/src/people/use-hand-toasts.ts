import { levelOf } from '@amphi/protocol';
import { useHand, useRole, useSession } from '@amphi/react';
import { isolate, useToaster } from '@amphi/ui';
import { useEffect, useRef } from 'react';
import { useAttempt } from '../page/use-attempt.ts';
import { useWords } from '../words/speaking.tsx';
import { roleOffers } from './people.ts';

/** Stays while hands that it tells of are up. */
const TOAST = 'hands';

/** Tells those who can bring people on stage of every hand that goes up, several together. */
export function useHandToasts(onShowPeople: () => void): void {
  const words = useWords();
  const session = useSession();
  const toaster = useToaster();
  const attempt = useAttempt();
  const { raised } = useHand();
  const { can, roles } = useRole();
  const isTold = can('changeRole');
  const seen = useRef<ReadonlySet<string> | undefined>(undefined);
  /** Told of and still up. */
  const told = useRef<readonly string[]>([]);
  useEffect(() => {
    const before = seen.current;
    const up = new Set(raised.map(({ id }) => id));
    seen.current = up;
    // Hands that were up when we came are in the list of people.
    if (!isTold || before === undefined) return;
    const wasTold = told.current;
    const news = raised.filter(({ id }) => !before.has(id)).map(({ id }) => id);
    told.current = [...wasTold.filter((id) => up.has(id)), ...news];
    const [first] = told.current;
    if (first === undefined) {
      if (wasTold.length > 0) toaster.dismiss(TOAST);
      return;
    }
    if (news.length === 0) return;
    const peer = raised.find(({ id }) => id === (news.at(-1) ?? first));
    if (!peer) return;
    const name = isolate(peer.name || words.somebody);
    const others = told.current.length - 1;
    const role = roles[peer.roleName];
    const known = Object.values(roles).map((entry) => ({ role: entry, level: levelOf(entry) }));
    const offer =
      others === 0 && role
        ? roleOffers({ roleName: peer.roleName, level: levelOf(role) }, known).find(({ way }) => way === 'invite')
        : undefined;
    toaster.show({
      id: TOAST,
      title: others === 0 ? words.people.raisedHand(name) : words.people.raisedHandAndOthers(name, others),
      action: offer
        ? {
            label: words.people.bringOnStage,
            hint: words.people.orInList,
            onAction: () => attempt(words.failed.invite(name), session.changeRole(peer.id, offer.role.name)),
          }
        : { label: words.people.show, hint: words.people.orOpenList, onAction: onShowPeople },
    });
  }, [raised, isTold, roles, session, toaster, attempt, onShowPeople, words]);
}
