#!/usr/bin/env node
import { CreateAppError, createApp } from './create-app.mjs';

try {
  const folder = createApp(process.argv.slice(2), process.cwd());
  console.log(`Made ${folder}. Next:\n\n  cd ${folder}\n  npm install\n  npm run dev`);
} catch (error) {
  if (!(error instanceof CreateAppError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
