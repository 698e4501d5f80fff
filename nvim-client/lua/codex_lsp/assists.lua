---@brief Asks the server for assists at the cursor. What they would change is shown first, see preview.lua.

local M = {}

local COMMAND = 'codex-lsp.assist'

M.KINDS = { 'tests', 'solve', 'docstring', 'explain', 'translate', 'optimise', 'fix' }
M.LANGUAGES = { 'javascript', 'typescript' }

---@class codex_lsp.AssistOptions
---@field language? string What to translate to, a file type of the server's; asked for where it is missing.

---@class codex_lsp.Running
---@field client vim.lsp.Client
---@field id integer

local running ---@type codex_lsp.Running?

---@param buf integer
---@return vim.lsp.Client?
local function client_of(buf)
  local found = vim.lsp.get_clients({ name = require('codex_lsp.client').name, bufnr = buf })[1]
  if not found then
    vim.notify('codex-lsp: no server serves this buffer; see :checkhealth codex_lsp', vim.log.levels.WARN)
  end
  return found
end

--- The first problem on the cursor's line, as the server is told it; without one it looks for a failing test.
---@param buf integer
---@param client vim.lsp.Client
---@return table?
local function problem_at_cursor(buf, client)
  local line = vim.api.nvim_win_get_cursor(0)[1] - 1
  local found = vim.diagnostic.get(buf, { lnum = line })[1]
  if not found then
    return nil
  end
  ---@param row integer
  ---@param col integer
  local function position(row, col)
    local text = vim.api.nvim_buf_get_lines(buf, row, row + 1, false)[1] or ''
    local before = text:sub(1, col)
    if client.offset_encoding ~= 'utf-8' then
      local utf32, utf16 = vim.str_utfindex(before)
      col = client.offset_encoding == 'utf-16' and utf16 or utf32
    end
    return { line = row, character = col }
  end
  return {
    message = found.message,
    source = found.source or '',
    code = tostring(found.code or ''),
    range = {
      start = position(found.lnum, found.col),
      ['end'] = position(found.end_lnum or found.lnum, found.end_col or found.col),
    },
  }
end

---@param client vim.lsp.Client
---@param buf integer
---@param call table
local function send(client, buf, call)
  local params = { command = COMMAND, arguments = { call } }
  local function on_answer(err)
    running = nil
    local is_cancelled = err and err.code == vim.lsp.protocol.ErrorCodes.RequestCancelled
    if err and not is_cancelled then
      vim.notify('codex-lsp: ' .. (err.message or 'the server failed'), vim.log.levels.WARN)
    end
  end
  local sent, id
  if vim.fn.has('nvim-0.11') == 1 then
    sent, id = client:request('workspace/executeCommand', params, on_answer, buf)
  else
    sent, id = client.request('workspace/executeCommand', params, on_answer, buf)
  end
  running = sent and id and { client = client, id = id } or nil
end

--- Asks for an assist on the function under the cursor.
---@param kind string One of KINDS.
---@param opts? codex_lsp.AssistOptions
function M.ask(kind, opts)
  local buf = vim.api.nvim_get_current_buf()
  local client = client_of(buf)
  if not client then
    return
  end
  local here = vim.lsp.util.make_position_params(0, client.offset_encoding)
  local call = { kind = kind, uri = here.textDocument.uri, position = here.position }
  if kind == 'fix' then
    call.problem = problem_at_cursor(buf, client)
  end
  if kind ~= 'translate' then
    return send(client, buf, call)
  end
  call.targetLanguage = opts and opts.language
  if call.targetLanguage then
    return send(client, buf, call)
  end
  vim.ui.select(M.LANGUAGES, { prompt = 'Translate to' }, function(language)
    if language then
      call.targetLanguage = language
      send(client, buf, call)
    end
  end)
end

--- Ends the assist that was asked for last.
function M.cancel()
  if not running then
    return
  end
  if vim.fn.has('nvim-0.11') == 1 then
    running.client:cancel_request(running.id)
  else
    running.client.cancel_request(running.id)
  end
  running = nil
end

return M
