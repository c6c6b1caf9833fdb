import { viewOf } from '../bytes.ts';
import { parseReportBlocks, REPORT_BLOCK_BYTES, writeReportBlock } from './report-block.ts';
import type { SenderReport } from './types.ts';

const FIXED_BYTES = 28;
const FRACTION = 4_294_967_296;

/** RFC 3550, 6.4.1; undefined when the element is too short for its report count. */
export function parseSenderReport(count: number, element: Uint8Array): SenderReport | undefined {
  if (element.length < FIXED_BYTES + count * REPORT_BLOCK_BYTES) return undefined;
  const view = viewOf(element);
  const seconds = view.getUint32(8);
  const fraction = view.getUint32(12);
  return {
    type: 'senderReport',
    ssrc: view.getUint32(4),
    ntp: seconds * 1000 + (fraction / FRACTION) * 1000,
    ntpMiddle: (((seconds & 0xffff) << 16) | (fraction >>> 16)) >>> 0,
    rtpTimestamp: view.getUint32(16),
    packetCount: view.getUint32(20),
    octetCount: view.getUint32(24),
    reports: parseReportBlocks(count, element.subarray(FIXED_BYTES)),
  };
}

/** `ntpMiddle` is computed from `ntp`. */
export function serializeSenderReport(report: Omit<SenderReport, 'type' | 'ntpMiddle'>): Uint8Array {
  const bytes = new Uint8Array(FIXED_BYTES + report.reports.length * REPORT_BLOCK_BYTES);
  const view = viewOf(bytes);
  view.setUint8(0, 0x80 | report.reports.length);
  view.setUint8(1, 200);
  view.setUint16(2, bytes.length / 4 - 1);
  view.setUint32(4, report.ssrc);
  const seconds = Math.floor(report.ntp / 1000);
  view.setUint32(8, seconds >>> 0);
  view.setUint32(12, Math.min(FRACTION - 1, Math.round(((report.ntp - seconds * 1000) / 1000) * FRACTION)));
  view.setUint32(16, report.rtpTimestamp >>> 0);
  view.setUint32(20, report.packetCount >>> 0);
  view.setUint32(24, report.octetCount >>> 0);
  for (const [i, block] of report.reports.entries())
    writeReportBlock(view, FIXED_BYTES + i * REPORT_BLOCK_BYTES, block);
  return bytes;
}
