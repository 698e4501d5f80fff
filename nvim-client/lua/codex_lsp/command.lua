---@brief :CodexLsp, the command line of the plugin.

local assists = require('codex_lsp.assists')

local M = {}

local USAGE = 'codex-lsp: :CodexLsp assist {kind} [language], or :CodexLsp cancel; see :help :CodexLsp'

---@param args vim.api.keyset.create_user_command.command_args
function M.run(args)
  local what, kind, language = unpack(args.fargs)
  if what == 'assist' and vim.tbl_contains(assists.KINDS, kind) then
    assists.ask(kind, { language = language })
  elseif what == 'cancel' then
    assists.cancel()
  else
    vim.notify(USAGE, vim.log.levels.WARN)
  end
end

---@param lead string
---@param line string
---@return string[]
function M.complete(lead, line)
  local words = vim.split(vim.trim(line:sub(1, #line - #lead)), '%s+')
  local offered = {}
  if #words == 1 then
    offered = { 'assist', 'cancel' }
  elseif #words == 2 and words[2] == 'assist' then
    offered = assists.KINDS
  elseif words[3] == 'translate' then
    offered = assists.LANGUAGES
  end
  return vim.tbl_filter(function(word)
    return vim.startswith(word, lead)
  end, offered)
end

return M
