# MailU on a machine of its own; included by the Makefile.

$(B)/tests/mailu/%.o: CFLAGS += -Iagent
$(B)/mailu-test: $(call objs,$(call src,tests/mailu/test)) $(B)/tests/unit/agent/agent_kit.o $(KIT) $(AGENT) $(WORLD) $(LIB)
	@echo "  LD $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcunit
# Linked to what Debian's packages in the stand-in image bring along, and no more.
$(B)/mailu-double: $(call objs,$(call src,tests/mailu/double)) $(B)/tests/mailu/double/main.o \
	$(call objs,$(call src,shared/base) shared/text/json.c)
	@echo "  LD $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -Wl,--as-needed -lmicrohttpd -lsqlite3 -lcurl -lcjson -lcrypto -lsodium -pthread
mailu-build: all $(B)/mailu-test $(B)/mailu-double $(B)/sink
mailu-test: mailu-build ## MailU on a machine of its own, with a real Docker engine; root
	@tests/mailu/run.sh $(B)
.PHONY: mailu-build mailu-test
