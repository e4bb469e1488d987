import { describe, vi } from 'vitest'

vi.mock('node-llama-cpp', () => import('node-llama-cpp-3.19'))

// A file of its own: behind other tests, old versions hang while they dispose of several sequences, wrapped or not.
describe('node-llama-cpp 3.19', async () => {
  await import('./parallel-sequences.test.ts')
})
