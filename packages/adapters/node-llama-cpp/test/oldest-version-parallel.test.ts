import { describe, vi } from 'vitest'

vi.mock('node-llama-cpp', () => import('node-llama-cpp-3.17'))

// By itself: behind other tests, disposing of several sequences at once does not come to its end in 3.17.
describe('node-llama-cpp 3.17', async () => {
  await import('./parallel-sequences.test.ts')
})
