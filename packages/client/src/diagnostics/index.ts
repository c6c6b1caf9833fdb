export * from './report.ts';
export { type DiagnosticsOptions, runDiagnostics } from './run-diagnostics.ts';
