import { viewOf } from '../bytes.ts';
import type { ReportBlock } from './types.ts';

export const REPORT_BLOCK_BYTES = 24;

/** @param body starts at the first block and holds at least `count` of them */
export function parseReportBlocks(count: number, body: Uint8Array): ReportBlock[] {
  const view = viewOf(body);
  const blocks: ReportBlock[] = [];
  for (let i = 0; i < count; i++) {
    const at = i * REPORT_BLOCK_BYTES;
    const loss = view.getUint32(at + 4);
    blocks.push({
      ssrc: view.getUint32(at),
      fractionLost: (loss >>> 24) / 256,
      packetsLost: (loss << 8) >> 8,
      extendedHighestSequenceNumber: view.getUint32(at + 8),
      jitter: view.getUint32(at + 12),
      lastSenderReport: view.getUint32(at + 16),
      delaySinceLastSenderReport: view.getUint32(at + 20),
    });
  }
  return blocks;
}

export function writeReportBlock(view: DataView, at: number, block: ReportBlock): void {
  const fraction = Math.max(0, Math.min(255, Math.floor(block.fractionLost * 256)));
  const lost = Math.max(-0x800000, Math.min(0x7fffff, block.packetsLost)) & 0xffffff;
  view.setUint32(at, block.ssrc);
  view.setUint32(at + 4, ((fraction << 24) | lost) >>> 0);
  view.setUint32(at + 8, block.extendedHighestSequenceNumber >>> 0);
  view.setUint32(at + 12, block.jitter >>> 0);
  view.setUint32(at + 16, block.lastSenderReport >>> 0);
  view.setUint32(at + 20, block.delaySinceLastSenderReport >>> 0);
}
