import { describe, vi } from 'vitest'

vi.mock('node-llama-cpp', () => import('node-llama-cpp-3.17'))

// By itself: behind other tests 3.17 does not come to an end of disposing of several sequences, wrapped or not.
describe('node-llama-cpp 3.17', async () => {
  await import('./parallel-sequences.test.ts')
})
