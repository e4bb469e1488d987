export { testProtocol } from './test-protocol.ts'
