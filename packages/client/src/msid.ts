/** What one media section of an SDP says about its track. */
export interface SectionTrack {
  readonly mid: string;
  /** The sender of this section sends: `sendonly` or `sendrecv`. */
  readonly isSending: boolean;
  readonly streamId: string;
  readonly trackId: string;
}

/**
 * The tracks of an SDP by section: `a=mid`, direction and `a=msid:<stream id> <track id>` (RFC 8830, 2). Sections
 * without an msid, and rejected ones (port 0), are left out. The text, not the browser's objects, is the authority:
 * browsers differ in the ids they give to tracks.
 */
export function tracksOfSdp(sdp: string): SectionTrack[] {
  const [session = '', ...sections] = sdp.split(/\r?\n(?=m=)/);
  const sessionDirection = directionOf(session) ?? 'sendrecv';
  return sections.flatMap((section) => {
    const mid = /^a=mid:(\S+)/m.exec(section)?.[1];
    const msid = /^a=msid:(\S+) (\S+)/m.exec(section);
    if (mid === undefined || !msid?.[1] || !msid[2] || /^m=\S+ 0 /.test(section)) return [];
    const direction = directionOf(section) ?? sessionDirection;
    return [{ mid, isSending: direction.startsWith('send'), streamId: msid[1], trackId: msid[2] }];
  });
}

/** The mids of sections that an answer refuses: port 0 (RFC 3264, 6). */
export function refusedSections(sdp: string): ReadonlySet<string> {
  const sections = sdp.split(/\r?\n(?=m=)/).filter((section) => /^m=\S+ 0 /.test(section));
  return new Set(sections.flatMap((section) => /^a=mid:(\S+)/m.exec(section)?.[1] ?? []));
}

function directionOf(text: string): string | undefined {
  return /^a=(sendrecv|sendonly|recvonly|inactive)\s*$/m.exec(text)?.[1];
}
