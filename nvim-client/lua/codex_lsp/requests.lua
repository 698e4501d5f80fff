---@brief Remembers the buffer as it was when an answer was asked for, so that later typing can be told from it.

local M = {}

---@class codex_lsp.Basis
---@field changedtick integer
---@field position lsp.Position In the client's encoding.

---@type table<integer, codex_lsp.Basis>
local pending = {}
---@type table<string, codex_lsp.Basis?>
local answered = {}

---@param buf integer
---@param method string
---@return string
local function key(buf, method)
  return buf .. ' ' .. method
end

--- What the last answered request of `method` saw.
---@param buf integer
---@param method string
---@return codex_lsp.Basis?
function M.basis(buf, method)
  return answered[key(buf, method)]
end

---@param client_id integer
---@param buf integer
local function on_request(client_id, buf, event)
  local request = event.data.request
  if event.data.client_id ~= client_id or not vim.endswith(request.method, 'ompletion') then
    return
  end
  local id = event.data.request_id
  if request.type == 'pending' and vim.api.nvim_get_current_buf() == buf then
    local client = assert(vim.lsp.get_client_by_id(client_id))
    pending[id] = {
      changedtick = vim.api.nvim_buf_get_changedtick(buf),
      position = vim.lsp.util.make_position_params(0, client.offset_encoding).position,
    }
  elseif request.type ~= 'pending' then
    if request.type == 'complete' then
      answered[key(buf, request.method)] = pending[id]
    end
    pending[id] = nil
  end
end

---@param client_id integer
---@param buf integer
function M.watch(client_id, buf)
  local group = vim.api.nvim_create_augroup('codex_lsp.requests.' .. buf, {})
  vim.api.nvim_create_autocmd('LspRequest', {
    group = group,
    buffer = buf,
    desc = 'Remember what codex-lsp was asked',
    callback = function(event)
      on_request(client_id, buf, event)
    end,
  })
end

return M
