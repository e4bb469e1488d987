import { describe, vi } from 'vitest'

// All that these tests and the adapter import of the runtime is then the oldest version's.
vi.mock('node-llama-cpp', () => import('node-llama-cpp-3.17'))

describe('node-llama-cpp 3.17', async () => {
  await import('./functions.test.ts')
  await import('./wrap-context-sequence.test.ts')
  await import('./wrap-embedding-context.test.ts')
})
