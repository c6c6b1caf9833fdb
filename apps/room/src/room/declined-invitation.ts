/** Name in the message that tells of a declined invitation; clients put different things beside it. */
export function declinerOf(payload: string): string | undefined {
  try {
    const json: unknown = JSON.parse(payload);
    if (typeof json !== 'object' || json === null || !('peerName' in json)) return undefined;
    return typeof json.peerName === 'string' && json.peerName ? json.peerName.slice(0, 100) : undefined;
  } catch {
    return undefined;
  }
}
