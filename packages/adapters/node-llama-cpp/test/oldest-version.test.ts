import { describe, vi } from 'vitest'

// All that these tests and the adapter import of the runtime is then the oldest version's.
vi.mock('node-llama-cpp', () => import('node-llama-cpp-3.19'))
// Fixtures are those of the newest version.
vi.stubEnv('UPDATE_FIXTURES', '')

describe('node-llama-cpp 3.19', () => {
  describe('functions', async () => {
    await import('./functions.test.ts')
  })
  describe('scenarios', async () => {
    await import('./scenarios.test.ts')
  })
  describe('JSON schemas', async () => {
    await import('./structured-output.test.ts')
  })
  describe('thoughts', async () => {
    await import('./thoughts.test.ts')
  })
  describe('chat sessions', async () => {
    await import('./wrap-chat-session.test.ts')
  })
  describe('sequences', async () => {
    await import('./wrap-context-sequence.test.ts')
  })
  describe('embeddings', async () => {
    await import('./wrap-embedding-context.test.ts')
  })
  describe('models and adapters', async () => {
    await import('./wrap-llama.test.ts')
  })
  describe('chats', async () => {
    await import('./wrap-llama-chat.test.ts')
  })
})
