import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test('the benchmarks run and print a line for each question', async () => {
  const main = new URL('../main.ts', import.meta.url).pathname
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [main, '--quick'])
  expect(stderr).toBe('')
  for (const words of [
    'per 1 kB call',
    'per 100 kB call',
    'beside a busy disk',
    'method seam',
    'fetch seam',
    'first chunk',
    'openai: added to a call',
    'openai: added to a streamed chunk',
    'bedrock: added to a streamed chunk',
    'node-llama-cpp: added to a call',
    'node-llama-cpp: added to a streamed chunk',
    'transformers: added to a call',
    'transformers: added to a streamed chunk',
    'records per second',
    'with the tree',
    'a chat of 50 turns',
    'a log of small calls, compressed',
    'records a second, contents by subject',
    'one call read, encrypted database',
    'records are pruned',
    'verifying',
    'proof of one record in 10,000,000',
    'records per second to webhook',
    'behind after a burst',
    'while an exporter is down',
    'p99',
    'SIGKILL',
    'cluster kill',
    '24 prompts of 5 MB',
    'processor time of all threads',
    'written to the disk',
    'resident memory',
    'a process left that was killed',
    'a page of 50 calls by stage'
  ]) {
    expect(stdout).toContain(words)
  }
}, 600_000)
