---@brief Shows what the server says, so that good news never waits for a key.

local M = {}

local LEVELS = { vim.log.levels.ERROR, vim.log.levels.WARN, vim.log.levels.INFO }

--- Handles window/showMessage for our client.
---@param _? lsp.ResponseError
---@param params lsp.ShowMessageParams
function M.on_show_message(_, params)
  local level = LEVELS[params.type] or vim.log.levels.INFO
  local text = params.message:gsub('%s+', ' ')
  if level == vim.log.levels.INFO and vim.fn.strdisplaywidth(text) > vim.v.echospace then
    -- A longer line would stop everything until a key is pressed.
    text = vim.fn.strcharpart(text, 0, math.max(vim.v.echospace - 1, 1)) .. '…'
  end
  vim.notify(text, level)
end

return M
