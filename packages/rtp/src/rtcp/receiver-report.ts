import { viewOf } from '../bytes.ts';
import { parseReportBlocks, REPORT_BLOCK_BYTES, writeReportBlock } from './report-block.ts';
import type { ReceiverReport } from './types.ts';

const FIXED_BYTES = 8;

/** RFC 3550, 6.4.2; undefined when the element is too short for its report count. */
export function parseReceiverReport(count: number, element: Uint8Array): ReceiverReport | undefined {
  if (element.length < FIXED_BYTES + count * REPORT_BLOCK_BYTES) return undefined;
  return {
    type: 'receiverReport',
    ssrc: viewOf(element).getUint32(4),
    reports: parseReportBlocks(count, element.subarray(FIXED_BYTES)),
  };
}

export function serializeReceiverReport(report: Omit<ReceiverReport, 'type'>): Uint8Array {
  const bytes = new Uint8Array(FIXED_BYTES + report.reports.length * REPORT_BLOCK_BYTES);
  const view = viewOf(bytes);
  view.setUint8(0, 0x80 | report.reports.length);
  view.setUint8(1, 201);
  view.setUint16(2, bytes.length / 4 - 1);
  view.setUint32(4, report.ssrc);
  for (const [i, block] of report.reports.entries())
    writeReportBlock(view, FIXED_BYTES + i * REPORT_BLOCK_BYTES, block);
  return bytes;
}
