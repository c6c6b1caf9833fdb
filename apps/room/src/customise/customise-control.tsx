import { useConnection, useLiveStream } from '@amphi/react';
import { Dialog, IconButton } from '@amphi/ui';
import { LayoutTemplate } from 'lucide-react';
import { useState } from 'react';
import { LatePart, late } from '../page/late-part.tsx';
import { useWords } from '../words/speaking.tsx';

/** Only hosts need it, and few of them. */
const customiseDialog = late(() => import('./customise-dialog.tsx'));

/** Opens what changes how the stream is drawn, for those whose role may. */
export function CustomiseControl() {
  const words = useWords();
  const { canControl } = useLiveStream();
  const isAway = useConnection().status !== 'joined';
  const [isOpen, setIsOpen] = useState(false);
  if (!canControl) return null;
  return (
    <>
      <IconButton
        label={words.customise.title}
        icon={<LayoutTemplate />}
        aria-haspopup="dialog"
        onClick={() => setIsOpen(true)}
        disabled={isAway}
        data-testid="customise"
      />
      {isOpen && (
        <LatePart
          part={customiseDialog}
          given={{ onClose: () => setIsOpen(false) }}
          frameFailure={(notice) => (
            <Dialog open onOpenChange={(open) => setIsOpen(open)} title={words.customise.title}>
              {notice}
            </Dialog>
          )}
        />
      )}
    </>
  );
}
