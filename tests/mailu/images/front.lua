-- Asks admin whether a login is right and where to go on, as front does it in MailU.
local http = require("socket.http")
local ltn12 = require("ltn12")

local function escape(text)
	return (text:gsub("[^%w%-%._~]", function(c)
		return string.format("%%%02X", c:byte())
	end))
end

function auth_password_verify(request, password)
	local protocol = request.service == "submission" and "smtp" or request.service
	local _, status, headers = http.request({
		url = "http://admin:8080/internal/auth/email",
		sink = ltn12.sink.null(),
		headers = {
			["Auth-User"] = escape(request.user),
			["Auth-Pass"] = escape(password),
			["Auth-Protocol"] = protocol,
			["Auth-Port"] = request.local_port or "",
			["Client-Ip"] = request.remote_ip or "",
			["Auth-SSL"] = "on",
			["Auth-Method"] = "plain",
		},
	})
	if status ~= 200 then
		return dovecot.auth.PASSDB_RESULT_INTERNAL_FAILURE, "admin does not answer"
	end
	if headers["auth-status"] ~= "OK" then
		return dovecot.auth.PASSDB_RESULT_PASSWORD_MISMATCH, headers["auth-status"]
	end
	local more = request.service == "submission" and " proxy_noauth=y" or ""
	return dovecot.auth.PASSDB_RESULT_OK,
		"proxy=y host=" .. headers["auth-server"] .. " port=" .. headers["auth-port"] .. more
end

-- LMTP goes on to imap without a password.
function auth_passdb_lookup(request)
	return dovecot.auth.PASSDB_RESULT_OK, "proxy=y host=imap port=2525 protocol=lmtp nopassword=y"
end
