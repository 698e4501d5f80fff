---@brief What happens when codex-lsp attaches to a buffer.

local options = require('codex_lsp.options')

local M = {}

---@param client vim.lsp.Client
---@param buf integer
function M.attach(client, buf)
  require('codex_lsp.requests').watch(client.id, buf)
  require('codex_lsp.menu').enable(client, buf)
  local has_ghost_text = vim.lsp.inline_completion ~= nil
    and client.server_capabilities.inlineCompletionProvider ~= nil
  if has_ghost_text and options.get().ghost_text then
    vim.lsp.inline_completion.enable(true, { bufnr = buf })
    require('codex_lsp.keys').map(buf, options.get().keys)
  end
end

return M
