import {
  clientFailureDetails,
  isClientFailure,
  isQualityReport,
  type QualityReportName,
  readClientAgent,
  readQualityReport,
} from '@amphi/protocol';
import { fact, factPeer } from '@amphi/rooms';
import type { CallContext, Handlers } from './context.ts';

/** What clients report of themselves. Nothing is answered, and nobody is refused: it is for the history. */
export const reportCalls: Pick<Handlers, 'analytics'> = {
  analytics: ({ session, link }, { name, info }) => {
    if (isQualityReport(name)) return keepQuality({ session, link }, name, info);
    if (!isClientFailure(name) || !session.budgets.takesReport(link.claims.room_id)) return;
    const details = clientFailureDetails.safeParse(info);
    if (!details.success) return;
    const member = session.rules.members.get(link.peerId);
    if (member?.hidden) return;
    const { peerId, claims } = link;
    const peer = member
      ? factPeer(member)
      : { peerId, userId: claims.user_id ?? '', role: claims.role, name: '', data: '', joinedAt: 0 };
    const failure = { name, details: details.data, agent: readClientAgent(link.userAgent) };
    session.apply([fact({ type: 'clientFailed', ...peer, failure })]);
  },
};

function keepQuality(
  { session, link: { peerId, payer } }: Pick<CallContext, 'session' | 'link'>,
  name: QualityReportName,
  info: unknown,
): void {
  const member = session.rules.members.get(peerId);
  if (!member || member.hidden) return;
  if (!session.quality.takes(peerId) || !session.budgets.takesQuality(payer.bearer)) return;
  session.quality.keep(peerId, readQualityReport(name, info) ?? []);
}
