export { wrapMcpClient } from './wrap-mcp-client.ts'
