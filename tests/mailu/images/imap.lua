-- Whether admin knows the mailbox; where it lies is the same for all.
local http = require("socket.http")

function auth_userdb_lookup(request)
	local _, status = http.request("http://admin:8080/internal/dovecot/userdb/" .. request.user)
	if status == 200 then
		return dovecot.auth.USERDB_RESULT_OK, "uid=mail gid=mail"
	elseif status == 404 then
		return dovecot.auth.USERDB_RESULT_USER_UNKNOWN, "no such user"
	end
	return dovecot.auth.USERDB_RESULT_INTERNAL_FAILURE, "admin does not answer"
end
