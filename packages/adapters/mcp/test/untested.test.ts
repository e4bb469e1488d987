import { testUntested } from '@slm-audit/testing/conformance'

testUntested('@modelcontextprotocol/sdk', () => import('../src/index.ts'), {
  wrapMcpClient: ({ wrapMcpClient }, log) => wrapMcpClient({ callTool() {} }, log)
})
