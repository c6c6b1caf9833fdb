import type { NetworkScore } from '@amphi/client';
import { useSession } from '@amphi/react';
import { Wifi, WifiHigh, WifiLow } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useWords } from '../words/speaking.tsx';

const KINDS = { 1: 'weak', 2: 'weak', 3: 'fair', 4: 'good', 5: 'good' } as const satisfies Record<NetworkScore, string>;
const ICONS = {
  weak: <WifiLow aria-hidden="true" className="text-warn" />,
  fair: <WifiHigh aria-hidden="true" />,
  good: <Wifi aria-hidden="true" className="text-accent" />,
} as const;

/** How good the connection is, measured once, before it has to carry anything; nothing where that is not known. */
export function NetworkHint() {
  const session = useSession();
  const { network } = useWords().preview;
  const [score, setScore] = useState<NetworkScore>();
  useEffect(() => {
    let isOver = false;
    session.measureNetwork().then(
      (found) => {
        if (!isOver) setScore(found);
      },
      // One joins without knowing it.
      () => {},
    );
    return () => {
      isOver = true;
    };
  }, [session]);
  const kind = score && KINDS[score];
  // There before it is filled, so that it is read when it is.
  return (
    <p
      role="status"
      className="flex items-start gap-2 text-sm text-ink-soft empty:hidden [&_svg]:mt-0.5 [&_svg]:size-4 [&_svg]:shrink-0"
      data-testid="preview-network"
      data-score={score}
    >
      {kind && (
        <>
          {ICONS[kind]}
          {network[kind]}
        </>
      )}
    </p>
  );
}
