import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  workers: 1,
  retries: 0,
  reporter: 'list',
  outputDir: process.env.UNDERSTUDY_PLAYWRIGHT_OUTPUT,
  use: {
    locale: 'de-DE',
    launchOptions: {
      executablePath: process.env.UNDERSTUDY_CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    },
  },
});
