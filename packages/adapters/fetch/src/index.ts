export { auditFetch, type FetchOptions } from './audit-fetch.ts'
export { knownProtocols } from './known-protocols.ts'
export { llamaCppCompletion } from './llama-cpp-completion.ts'
